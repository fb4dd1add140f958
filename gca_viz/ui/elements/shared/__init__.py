"""What the elements of the page share: the byte format; in ``js/`` colours, numbers, buttons, fingers, a clock."""
