"""How work reports its progress: a function that is called now and then, and that may raise to cancel the work."""

from collections.abc import Callable

#: called with the share done, 0 … 1, and what is being done
ReportProgress = Callable[[float, str], None]
#: called with the share done, 0 … 1
ReportShare = Callable[[float], None]
