#!/bin/sh
# Train every bundled checkpoint, one after the other (about half an hour on one core).
# Run from the root of the repository: models/train_all.sh [python]
set -eu
python=${1:-.venv/bin/python}
train() {
    name=$1
    shift
    OMP_NUM_THREADS=1 "$python" -m gca_viz.experiments.train "models/$name.safetensors" "$@"
}
train random --title "Random initialisation" --order 1 --method random
train ince --title "InfoNCE" --order 2 --method ince
train gca-ince --title "GCA-INCE (Sinkhorn)" --order 3 --method gca-ince
train gca-uot --title "GCA-UOT (unbalanced)" --order 4 --method gca-uot --set lambda1=1 --set lambda2=1
train ince-cross-style --title "InfoNCE, cross-style positives" --order 5 --method ince --views cross-style-simclr
# With texts: the text encoder is locked; of EfficientNet, which comes in a package, only the projections are new.
train_text() {
    out=$1
    shift
    OMP_NUM_THREADS=1 "$python" -m gca_viz.experiments.image_text "models/$out.safetensors" "$@"
}
train_text image-text --title "Image and text (CLIP)" --order 6
train_text heads/efficientnet-lite0-text --title "EfficientNet-Lite0 and text (locked towers)" --encoder efficientnet-lite0 --locked --epsilon 0.2 --epochs 60
