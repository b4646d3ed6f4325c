"""What the Python clients are given to store."""

LONG = f"saveToLocal('{'memq is a queue. ' * 2000}')"
PLAIN = {
    'call': "saveToLocal('hi')",
    'call-bytes': b"saveToLocal('hi')",
    'unicode': "saveToLocal('哈哈 ü')",
    'integer': 5,
    'true': True,
    'float': 2.5,
    'list': ['hi'],
}
TO_COMPRESS = {'long': LONG, 'list-compressed': [LONG]}


def store(set_value, values, **options):
    for queue, value in values.items():
        if not set_value(queue, value, **options):
            raise RuntimeError(f'{queue} not stored')
