"""What objects of numpy, pandas, PIL and lxml hold, where Python's own means cannot see it."""

import pickle

import state


def array_state(value):
    return str(value.dtype), value.shape, value.tobytes()


def table_state(value):
    return pickle.dumps(value, 4)


def image_state(value):
    try:
        loaded = value._im is not None
    except AttributeError:
        loaded = value.im is not None
    return value.mode, value.size, value.tobytes() if loaded else "not loaded"


def element_state(value):
    import lxml.etree

    return lxml.etree.tostring(value.getroottree())


def shared_by_array(value):
    return [] if value.base is None else [value.base]


state.STATES.update({
    "numpy.ndarray": array_state,
    "numpy.random.mtrand.RandomState": lambda value: repr(value.get_state()),
    "numpy.random._generator.Generator": lambda value: repr(value.bit_generator.state),
    "pandas.core.frame.DataFrame": table_state,
    "pandas.core.series.Series": table_state,
    "pandas.DataFrame": table_state,
    "pandas.Series": table_state,
    "PIL.Image.Image": image_state,
    "lxml.etree._Element": element_state,
})
state.SHARES.update({"numpy.ndarray": shared_by_array})
