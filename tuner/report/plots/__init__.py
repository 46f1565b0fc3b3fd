"""The plots of a report: one function for each, from a public frame to a figure, with nothing read from disk.

Example:
    >>> from keras_search.tuner.report.plots import history
    >>> figure = history.search_history(trials, brackets, "val_accuracy", "max")
    >>> figure.savefig("history.png")
"""

from keras_search.tuner.report.contents import ReportData
from keras_search.tuner.report.plots.catalogue import PLOTS, catalogue
from keras_search.tuner.report.plots.drawing import draw_all
from keras_search.tuner.report.plots.plot import Drawn, Plot

__all__ = ["PLOTS", "Drawn", "Plot", "ReportData", "catalogue", "draw_all"]
