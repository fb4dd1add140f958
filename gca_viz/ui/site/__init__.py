"""The static edition: pages that any web server or a disk serves, whose plans the reader's browser computes."""
