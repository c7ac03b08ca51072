import swagger from '@elysiajs/swagger';
import { type AnyElysia, Elysia } from 'elysia';
import type { OpenAPIV3 } from 'openapi-types';
import { OPERATOR, USER } from './documentation.ts';
import { UNREPORTED } from './errors.ts';

/** Serves one file of the package that renders the documentation. */
export type SwaggerAsset = (
  name: 'swagger-ui.css' | 'swagger-ui-bundle.js' | 'favicon-32x32.png',
) => Response | Promise<Response>;

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

/** The page may load what it is made of, and ask the service: no other host, and no script or style in the page itself. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  // The style sheet carries its pictures.
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const PAGE_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'referrer-policy': 'no-referrer',
};

const START = `window.ui = SwaggerUIBundle({
  url: '/swagger/json',
  dom_id: '#swagger-ui',
  deepLinking: true,
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
      "smallest unit of the currency, times are written in the service's zone.\n\n" +
      'To buy: join the waiting line, give the `tokenId` that it answers as the header `TOKEN-ID` from then on, and ' +
      'ask for the place in line until it is `ACTIVE`. Then look at dates and seats, hold seats, and pay for them ' +
      'from the balance.',
    license: { name: 'MIT', url: 'https://opensource.org/license/mit' },
  },
  servers: [{ url: '/', description: 'This service' }],
  security: [],
  components: {
    securitySchemes: {
      [OPERATOR]: {
        type: 'http' as const,
        scheme: 'bearer',
        description: 'The `ADMIN_TOKEN` of the service',
      },
      [USER]: {
        type: 'http' as const,
        scheme: 'bearer',
        bearerFormat: 'JWT',
        description:
          'A JWT whose `sub` is the `userId`. It is needed where the service is set up to ask for it ' +
          '(`AUTH_JWT_SECRET` or `AUTH_JWKS_URL`), and not looked at elsewhere',
      },
    },
  },
  tags: [
    { name: 'Queue', description: 'The waiting line' },
    { name: 'Concerts', description: 'What is on sale' },
    { name: 'Reservations', description: 'Seats that are held' },
    { name: 'Payments', description: 'Seats that are sold' },
    { name: 'Balance', description: 'The prepaid balance' },
    { name: 'Service', description: 'Whether it runs' },
    { name: 'Admin', description: 'What only the operator may do' },
  ],
};

/** The documentation of `api`: as a page that needs no other host, and as the OpenAPI document behind it. */
export function swaggerRoutes(api: AnyElysia, asset: SwaggerAsset) {
  let document: string | undefined;
  const hidden = { detail: { hide: true } };
  return new Elysia({ prefix: '/swagger' })
    .get('', () => new Response(PAGE, { headers: PAGE_HEADERS }), hidden)
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
        return new Response(document, { headers: { 'content-type': 'application/json' } });
      },
      hidden,
    );
}

/** The plugin writes the document; its own page, which loads its script from another host, is never served. */
function writeDocument(api: AnyElysia): string {
  // The plugin takes a path with a dot in it for a file, and would leave that operation out.
  const plugin = swagger({ documentation, excludeStaticFile: false });
  const { routes } = new Elysia().use(api).use(plugin);
  const write = routes.find(({ path }) => path === '/swagger/json')?.handler;
  if (typeof write !== 'function') throw new Error('the plugin writes no document');
  // Asked by a request, it would have to be compiled, which a host may allow at the start only.
  return JSON.stringify(nameSchemas(JSON.stringify(Reflect.apply(write, undefined, []))));
}

/**
 * Moves each schema that has a title to the components, where a client made from the document finds it by that name.
 * Throws when two schemas that differ have one title.
 */
function nameSchemas(text: string): OpenAPIV3.Document {
  const schemas: Record<string, OpenAPIV3.SchemaObject> = {};
  // The innermost values come first, so that what is moved refers to what was moved before.
  const document: OpenAPIV3.Document = JSON.parse(text, (key, value: unknown) => {
    // It is for Elysia, and no word of OpenAPI's.
    if (key === 'error' && value === UNREPORTED.error) return undefined;
    if (!isTitledSchema(value)) return value;
    const { title, ...schema } = value;
    const known = schemas[title];
    if (known !== undefined && JSON.stringify(known) !== JSON.stringify(schema)) {
      throw new Error(`two schemas are named ${title}`);
    }
    schemas[title] = schema;
    return { $ref: `#/components/schemas/${title}` };
  });
  return { ...document, components: { ...document.components, schemas } };
}

function isTitledSchema(value: unknown): value is { type: 'object'; title: string } {
  if (typeof value !== 'object' || value === null) return false;
  return 'type' in value && value.type === 'object' && 'title' in value && typeof value.title === 'string';
}
