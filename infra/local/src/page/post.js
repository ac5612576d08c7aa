// Posts the form of a provider that comes back by one.
"use strict";

document.getElementById("post").submit();
