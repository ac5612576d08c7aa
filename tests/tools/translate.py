"""Prints the CloudFormation template that SAM makes of template.yaml, as JSON.

`sam validate` and `cfn-lint` miss an undefined reference inside a SAM policy; on the translated template cfn-lint sees
it, and the tests see the final IAM roles. Run it with the python of SAM's own environment:

    python translate.py TEMPLATE [PARAMETER=VALUE]...
"""

import json
import sys

from boto3 import Session
from samcli.yamlhelper import yaml_parse
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator


def main() -> None:
    with open(sys.argv[1], encoding="utf-8") as file:
        template = yaml_parse(file.read())
    # SAM uploads the code and puts its address here; the translator wants an address.
    template["Globals"]["Function"]["CodeUri"] = "s3://bucket/code.zip"
    parameters = {name: value.get("Default", "") for name, value in template["Parameters"].items()}
    parameters.update(argument.split("=", 1) for argument in sys.argv[2:])
    translator = Translator({}, Parser(), boto_session=Session(region_name="us-east-1"))
    json.dump(translator.translate(template, parameters), sys.stdout, indent=1)


main()
