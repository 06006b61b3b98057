"""tests/fixtures/intervals.json: Student's quantiles and paired 95 % intervals, by mpmath and numpy."""

import mpmath
import numpy
from fixture import run

mpmath.mp.dps = 30


def quantile(df):
    """t(0.975; df): where the distribution function, an incomplete beta function, is 0.975."""

    def beyond(t):
        return mpmath.betainc(mpmath.mpf(df) / 2, 0.5, 0, df / (df + t**2), regularized=True)

    return float(mpmath.findroot(lambda t: beyond(t) - mpmath.mpf("0.05"), (1.5, 14), solver="anderson"))


def interval(values):
    values = numpy.asarray(values)
    half = quantile(len(values) - 1) * values.std(ddof=1) / numpy.sqrt(len(values))
    return {"mean": values.mean(), "low": values.mean() - half, "high": values.mean() + half}


def make(fixture):
    fixture["quantiles"] = [quantile(df) for df in range(1, 31)]
    for case in fixture["cases"]:
        a, b = numpy.asarray(case["a"]), numpy.asarray(case["b"])
        case["difference"] = interval(a - b)
        case["times"] = {name: numpy.exp(value) for name, value in interval(numpy.log(a / b)).items()}
        case["slope"] = numpy.polyfit(a, b, 1)[0]


run("intervals", make, tolerance=1e-9, floor=1e-9)
