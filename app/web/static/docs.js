// Starts Swagger UI on the contract of the installation that serves this page.
"use strict";

window.ui = SwaggerUIBundle({
  url: new URL("openapi.json", document.baseURI).href,
  dom_id: "#swagger-ui",
  presets: [SwaggerUIBundle.presets.apis],
  layout: "BaseLayout",
  oauth2RedirectUrl: new URL("docs/oauth2-redirect", document.baseURI).href,
  deepLinking: true,
  tryItOutEnabled: true,
  // A token lives as long as this page: nothing of it is written to the browser's storage.
  persistAuthorization: false,
  displayRequestDuration: true,
  docExpansion: "none",
  defaultModelsExpandDepth: 0,
  filter: true,
  validatorUrl: null,
});
