"""The parts of a training recipe: every field described once, with bounds, default and words."""

from __future__ import annotations

from dataclasses import replace

from gca_viz.datasets import DATASETS
from gca_viz.encoders.checkpoints.load_report import OUTPUTS
from gca_viz.experiments.recipe.field import NOTHING
from gca_viz.experiments.recipe.parts import ENCODER
from gca_viz.settings.parameter import Choice, Parameter
from gca_viz.transport import METHODS
from gca_viz.transport.parameters import EPSILON

RANDOM = "random"
#: of the outputs of an encoder below a head
FIRST = "first"
#: of the image tower: it learns, or stays as it is
LEARNED, LOCKED = "learned", "locked"
#: of the images on which clients train, or which come in turn
STYLE, CLASS = "style", "class"
#: the networks that are built here; ``networks.NETWORKS`` says how
NETWORK_NAMES = ("small-resnet", "resnet-18", "resnet-50")
_MOST_EPOCHS = 100_000

#: methods whose columns are view 2: a queue or prototypes would have to be kept from step to step
TRAINED = tuple(name for name, method in METHODS.items() if method.columns == "views")
METHOD = Choice("method", "Method", (RANDOM, *TRAINED), "gca-ince", "Loss to train with; random trains nothing.")
DATA = Choice("data", "Data", tuple(DATASETS), "emoji", "Images to train with.", paths=True)
IMAGES = Parameter(
    "images",
    "",
    "Images",
    0,
    0,
    10**9,
    0,
    5000,
    integer=True,
    help="How many of the training images are used, and of the held-out ones at most as many; 0 uses all.",
)
TRAINING_EPSILON = replace(EPSILON, default=0.2)
NETWORK = Choice("network", "Network", NETWORK_NAMES, "small-resnet", "Each has a stem for small images.")
START = Choice(
    "encoder",
    "Encoder",
    (NOTHING, *ENCODER.options),
    NOTHING,
    "Under the views image-text: whose backbone is the image tower; none is one at random.",
    paths=True,
)
IMAGE_TOWER = Choice(
    "image_tower",
    "Image tower",
    (LEARNED, LOCKED),
    LEARNED,
    "Under the views image-text: whether the encoder learns, or stays as it is below a new projection of its own.",
)
ON = Choice(
    "on",
    "Encoder below",
    (NOTHING, *ENCODER.options),
    NOTHING,
    "Trains a head on the features of this encoder, which stays as it is: seconds instead of minutes.",
    paths=True,
)
ON_OUTPUT = Choice(
    "on_output",
    "Output below",
    (FIRST, *OUTPUTS),
    FIRST,
    "Of a head: which output of the encoder below it takes; first is the projector's, where there is one.",
)
EMBEDDED_VIEWS = Parameter(
    "embedded_views",
    "K",
    "Embedded views",
    16,
    2,
    1024,
    2,
    64,
    integer=True,
    help="Of a head: views of each image that the encoder below sees once; a step draws two of them, or more.",
)
INPUT_SIZE = Parameter(
    "input_size", "", "Image size", 32, 8, 512, 16, 224, integer=True, help="Pixels to which images are resized."
)
EPOCHS = Parameter(
    "epochs",
    "",
    "Epochs",
    50,
    0,
    _MOST_EPOCHS,
    1,
    200,
    integer=True,
    help="Passes over the training images; of clients the rounds, of styles in turn the passes over each.",
)
BATCH_SIZE = Parameter(
    "batch_size",
    "N",
    "Batch size",
    256,
    2,
    65_536,
    8,
    1024,
    "log",
    integer=True,
    help="Images over which the plan is computed, on all devices together.",
)
LEARNING_RATE = Parameter(
    "learning_rate", "η", "Learning rate", 2e-3, 1e-8, 100, 1e-5, 0.1, "log", help="Of AdamW, after the warm-up."
)
WEIGHT_DECAY = Parameter("weight_decay", "", "Weight decay", 1e-3, 0, 10, 0, 0.1, help="Of AdamW.")
WARMUP_EPOCHS = Parameter(
    "warmup_epochs",
    "",
    "Warm-up epochs",
    3,
    0,
    _MOST_EPOCHS,
    0,
    20,
    integer=True,
    help="Until the learning rate is reached, in a line; then it falls as a cosine.",
)
DROPOUT = Parameter(
    "dropout",
    "",
    "Dropout of texts",
    0.1,
    0,
    0.999,
    0,
    0.5,
    help="Under the views image-text: share of the texts' features that are hidden in training.",
)
WRONG_PAIRS = Parameter(
    "wrong_pairs",
    "",
    "Wrong pairs",
    0.0,
    0,
    1,
    0,
    1,
    help="Share of images whose view 2 shows another image, the same one in every epoch.",
)
MOMENTUM = Parameter(
    "momentum",
    "",
    "Momentum",
    0.99,
    0,
    1,
    0.9,
    1,
    help="Of the network that follows the one that learns: a teacher's stays so, that of BYOL's target rises to 1.",
)
SEED = Parameter(
    "seed", "", "Seed", 0, 0, 2**31 - 1, 0, 99, integer=True, help="Of initialisation, order and augmentation."
)
KNN_EVERY = Parameter(
    "knn_every",
    "",
    "Epochs between measurements",
    10,
    1,
    _MOST_EPOCHS,
    1,
    50,
    integer=True,
    help="Epochs between two looks at the nearest neighbours' accuracy on held-out images.",
)
TEACHER = Choice(
    "teacher",
    "Teacher",
    (NOTHING, "momentum"),
    NOTHING,
    "Whose embeddings the columns are; momentum: those of a network that follows the one that learns.",
)
CLIENTS = Choice(
    "clients",
    "Clients",
    (NOTHING, STYLE, CLASS),
    NOTHING,
    "Who has which images: clients train apart, and after each round their weights are averaged.",
)
MOST_CLIENTS = 16
LOCAL_EPOCHS = Parameter(
    "local_epochs",
    "",
    "Local epochs",
    1,
    1,
    1000,
    1,
    10,
    integer=True,
    help="Passes of a client over its images before the weights of all are averaged.",
)
IN_TURN = Choice(
    "in_turn",
    "In turn",
    (NOTHING, STYLE),
    NOTHING,
    "Whether styles come one after the other, in phases, each with all of its epochs and a learning rate that "
    "starts again.",
)
BUFFER = Parameter(
    "buffer",
    "K",
    "Buffer",
    0,
    0,
    10**9,
    0,
    500,
    integer=True,
    help="Under styles in turn: images kept of each earlier phase and trained with the later ones; more than there "
    "are keeps all.",
)
AWAY_FROM = Choice(
    "away_from",
    "Away from",
    (NOTHING, *ENCODER.options),
    NOTHING,
    "An encoder that stays as it is: how alike its embeddings of a batch are (linear CKA) is added to the loss.",
    paths=True,
)
AWAY = Parameter(
    "away", "λ", "Weight of away from", 1, 0, 100, 0, 10, help="By how much that CKA counts in the loss."
)
