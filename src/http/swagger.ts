import swagger from '@elysiajs/swagger';
import { type AnyElysia, Elysia } from 'elysia';

/** Serves one file of the package that renders the documentation. */
export type SwaggerAsset = (
  name: 'swagger-ui.css' | 'swagger-ui-bundle.js' | 'favicon-32x32.png',
) => Response;

const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>seatline</title>
    <link rel="icon" href="/swagger/favicon-32x32.png" />
    <link rel="stylesheet" href="/swagger/swagger-ui.css" />
  </head>
  <body>
    <div id="swagger-ui"></div>
    <script src="/swagger/swagger-ui-bundle.js"></script>
    <script src="/swagger/start.js"></script>
  </body>
</html>
`;

const START = `window.ui = SwaggerUIBundle({
  url: '/swagger/json',
  dom_id: '#swagger-ui',
  deepLinking: true,
  tryItOutEnabled: true,
  validatorUrl: null,
});
`;

const documentation = {
  info: {
    title: 'seatline',
    version: '1',
    description:
      'Sells concert seats when far more people want them than there are seats. Every failure answers ' +
      '`{"code": <status>, "message": "<text>"}`. Ids are integers from 1 to 2^53−1, money is an integer in the ' +
      "smallest unit of the currency, times are written in the service's zone.",
    license: { name: 'MIT', url: 'https://opensource.org/license/mit' },
  },
  servers: [{ url: '/', description: 'This service' }],
  security: [],
  tags: [
    { name: 'Queue', description: 'The waiting line' },
    { name: 'Concerts', description: 'What is on sale' },
    { name: 'Reservations', description: 'Seats that are held' },
    { name: 'Payments', description: 'Seats that are sold' },
    { name: 'Balance', description: 'The prepaid balance' },
    { name: 'Service', description: 'Whether it runs' },
  ],
};

/** The documentation of `api`: as a page that needs no other host, and as the OpenAPI document behind it. */
export function swaggerRoutes(api: AnyElysia, asset: SwaggerAsset) {
  let document: Promise<string> | undefined;
  const hidden = { detail: { hide: true } };
  return new Elysia({ prefix: '/swagger' })
    .get('/', () => new Response(PAGE, { headers: { 'content-type': 'text/html; charset=utf-8' } }), hidden)
    .get(
      '/start.js',
      () => new Response(START, { headers: { 'content-type': 'text/javascript; charset=utf-8' } }),
      hidden,
    )
    .get('/swagger-ui.css', () => asset('swagger-ui.css'), hidden)
    .get('/swagger-ui-bundle.js', () => asset('swagger-ui-bundle.js'), hidden)
    .get('/favicon-32x32.png', () => asset('favicon-32x32.png'), hidden)
    .get(
      '/json',
      async () => {
        document ??= writeDocument(api);
        return new Response(await document, { headers: { 'content-type': 'application/json' } });
      },
      hidden,
    );
}

/** The plugin writes the document; its own page, which loads its script from another host, is never served. */
async function writeDocument(api: AnyElysia): Promise<string> {
  const scratch = new Elysia().use(api).use(swagger({ documentation }));
  const response = await scratch.handle(new Request('http://localhost/swagger/json'));
  return response.text();
}
