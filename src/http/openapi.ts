/** OpenAPI 3.1, made from the schemas that validate: JSON Schema 2020-12 as it stands. Served, documented and checked in from the same object. */
import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { z } from 'zod';
import { problemMedia } from './problem.js';

type JsonSchema = Record<string, unknown>;

/** `$defs` become components, and references to them follow. */
function converted(schema: unknown, { schemaType }: { schemaType: 'input' | 'output' }) {
  const {
    $schema: _dialect,
    $defs = {},
    ...whole
  } = z.toJSONSchema(schema as z.ZodType, {
    target: 'draft-2020-12',
    io: schemaType === 'input' ? 'input' : 'output',
    reused: 'inline',
    unrepresentable: 'any',
  }) as JsonSchema & { $defs?: Record<string, JsonSchema> };
  const text = (value: unknown) =>
    JSON.parse(JSON.stringify(value).replaceAll('"#/$defs/', '"#/components/schemas/')) as never;
  const id = typeof whole['id'] === 'string' ? whole['id'] : undefined;
  const components = Object.fromEntries(
    Object.entries($defs).map(([name, definition]) => [name, text(withoutId(definition))]),
  );
  if (id === undefined) return { schema: text(withoutId(whole)), components };
  return {
    schema: { $ref: `#/components/schemas/${id}` } as never,
    components: { ...components, [id]: text(withoutId(whole)) },
  };
}
const withoutId = ({ id: _id, ...rest }: JsonSchema): JsonSchema => rest;

export function openApiOf(app: INestApplication): OpenAPIObject {
  const about = new DocumentBuilder()
    .setTitle('Smertevejen')
    .setVersion('1')
    .setOpenAPIVersion('3.1.0')
    .setDescription(
      'The pathway for chronic non-malignant pain in the Capital Region of Denmark: general practice, referral, triage, clinic or centre, follow-up phase, discharge to the GP. Every refusal says why and who has the remedy.',
    )
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'JWT' })
    .addSecurityRequirements('bearer')
    .build();
  const document = SwaggerModule.createDocument(app, about, {
    standardSchemaConverter: converted as never,
    operationIdFactory: (controller, method) => `${controller.replace('Controller', '').toLowerCase()}_${method}`,
  });
  Object.values(document.paths)
    .flatMap((operations) => Object.values(operations as Record<string, Operation>))
    .forEach(corrected);
  return document;
}

type Operation = { operationId?: string; responses: Record<string, { content?: Record<string, unknown> }> };
/** What the generator cannot be told: the media type of a problem, and a name without brackets for a route's second address. */
function corrected(operation: Operation): void {
  operation.operationId = operation.operationId?.replace(/\[0\]$/, '').replace(/\[(\d+)\]$/, '_$1');
  for (const [status, response] of Object.entries(operation.responses)) {
    if (Number(status) >= 400 && response.content)
      response.content = { [problemMedia]: response.content['application/json'] };
  }
}

/** The query parameters that an operation names, by its method and its route as Fastify writes it; undefined for what is no operation. */
export function parametersOf({
  paths,
}: OpenAPIObject): (method: string, route: string | undefined) => ReadonlySet<string> | undefined {
  const named = new Map(
    Object.entries(paths).flatMap(([path, operations]) =>
      Object.entries(operations as Record<string, { parameters?: { in?: string; name?: string }[] }>).map(
        ([method, { parameters = [] }]) =>
          [
            `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`,
            new Set(parameters.flatMap(({ in: place, name }) => (place === 'query' && name ? [name] : []))),
          ] as const,
      ),
    ),
  );
  return (method, route) => named.get(`${method} ${route}`);
}

/** The pages at /docs bring all they need; nothing is fetched from outside. */
export function serveDocs(app: INestApplication, document: OpenAPIObject): void {
  SwaggerModule.setup('docs', app, document, {
    jsonDocumentUrl: 'v1/openapi.json',
    yamlDocumentUrl: 'v1/openapi.yaml',
    customSiteTitle: 'Smertevejen API',
  });
}
