"""Files: folders and archives are read where they are, results are written whole or not at all."""
