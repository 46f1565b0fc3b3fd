"""The plots of a report: one function a plot, from a public frame to a figure, with nothing read from disk.

Example:
    >>> from keras_search.tuner.plots import history
    >>> figure = history.search_history(trials, brackets, "val_accuracy", "max")
    >>> figure.savefig("history.png")
"""

from keras_search.tuner.plots.catalogue import PLOTS, catalogue, draw_all
from keras_search.tuner.plots.plot import Drawn, Plot
from keras_search.tuner.reportdata import ReportData

__all__ = ["PLOTS", "Drawn", "Plot", "ReportData", "catalogue", "draw_all"]
