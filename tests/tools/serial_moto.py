"""moto's server with four faults mended that DynamoDB does not have: `serial_moto.py PORT`, on loopback.

moto answers in threads and locks nothing, so that two conditional writes at once may both succeed: here it answers one
request at a time. It does not look at the client request token, so that a transaction that is repeated after a lost answer
meets its own writes: here a repetition gets the first answer. And it copies every table that a transaction touches, item by
item, so that each takes longer than the one before: here it copies the items that change. And it looks for each type that a value
could have under a dozen names, so that a scan keeps everybody waiting for seconds: here a type has one name.
"""

import copy
import json
import sys
from io import BytesIO
from threading import Lock

from moto.core.serialize import ResponseSerializer
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import run_simple

moto = DomainDispatcherApplication(create_backend_app)
turn = Lock()
committed = {}
update_in_place = DynamoDBBackend.update_item
value_by_any_name = ResponseSerializer.get_value
TYPES = {"S", "N", "B", "SS", "NS", "BS", "M", "L", "NULL", "BOOL"}


def serial(environ, start_response):
    with turn:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = BytesIO(body)
        if environ.get("HTTP_X_AMZ_TARGET", "").endswith(".TransactWriteItems"):
            return commit(json.loads(body)["ClientRequestToken"], environ, start_response)
        return list(moto(environ, start_response))


def commit(token, environ, start_response):
    said = committed.get(token)
    if said is None:
        heads = []
        answer = list(moto(environ, lambda *head: heads.append(head)))
        said = heads[0], answer
        if said[0][0].startswith("200"):
            committed[token] = said
    head, answer = said
    start_response(*head)
    return answer


def update_a_copy(self, table_name, key, *how, **named):
    items = self.tables[table_name].items
    hash_key = DynamoType(key["id"])
    if hash_key in items:
        items[hash_key] = copy.deepcopy(items[hash_key])
    return update_in_place(self, table_name, key, *how, **named)


def snapshot(table, _memo):
    kept = copy.copy(table)
    kept.items = table.items.copy()
    return kept


def value_by_name(self, value, key, shape):
    if key in TYPES and isinstance(value, dict):
        return value.get(key)
    return value_by_any_name(self, value, key, shape)


DynamoDBBackend.update_item = update_a_copy
ResponseSerializer.get_value = value_by_name
Table.__deepcopy__ = snapshot
run_simple("127.0.0.1", int(sys.argv[1]), serial, threaded=True, request_handler=MotoRequestHandler)
