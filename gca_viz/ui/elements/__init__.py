"""Elements that the browser draws by programs of our own, and figures in the page's colours."""
