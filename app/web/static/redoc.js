// Starts Redoc on the contract of the installation that serves this page.
"use strict";

Redoc.init(
  new URL("openapi.json", document.baseURI).href,
  { hideDownloadButton: false, nativeScrollbars: true },
  document.getElementById("redoc"),
);
