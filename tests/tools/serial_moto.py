"""moto's server, one request at a time: `serial_moto.py PORT`, on loopback.

moto answers in threads and locks nothing, so that two conditional writes at once may both succeed. DynamoDB's never do,
and our races would fail for a fault that is not ours.
"""

import sys
from threading import Lock

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import run_simple

moto = DomainDispatcherApplication(create_backend_app)
turn = Lock()


def serial(environ, start_response):
    with turn:
        return list(moto(environ, start_response))


run_simple("127.0.0.1", int(sys.argv[1]), serial, threaded=True, request_handler=MotoRequestHandler)
