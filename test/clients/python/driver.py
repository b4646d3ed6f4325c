"""Does with a client what test/clients/driver.ts asks for."""

import base64
import sys

OWN = {'list': [1, 2.5, None, True], 'text': 'ü' * 10000}


def encode(value):
    if value is None:
        return '-'
    return base64.b64encode(value if isinstance(value, bytes) else str(value).encode()).decode()


def found(value):
    return 'no' if value is None else 'ok ' + encode(value)


def answer(client, verb, key, *rest):
    if verb == 'set':
        return 'ok' if client.set(key, base64.b64decode(rest[0])) else 'error not stored'
    if verb == 'get':
        return found(client.get(key))
    if verb == 'many':
        values = client.many([key, *rest])
        return ' '.join(['ok', *(encode(values.get(each)) for each in (key, *rest))])
    if verb == 'delete':
        return 'ok' if client.delete(key) else 'no'
    if verb == 'stat':
        return found(client.stat(key))
    if verb == 'version':
        return found(client.version())
    if verb == 'set-own':
        return 'ok' if client.set_own(key, OWN) else 'error not stored'
    if verb == 'get-own':
        return 'ok' if client.get_own(key) == OWN else 'no'


def serve(client):
    for line in sys.stdin:
        verb, *words = line.split()
        try:
            reply = answer(client, verb, *(words or ['']))
        except Exception as error:
            reply = f'error {type(error).__name__} {error!r}'
        print(reply, flush=True)
