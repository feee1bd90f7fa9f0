/** Small words for what an operation answers and refuses, so that OpenAPI says it in the shapes of the code. */
import { applyDecorators } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiResponse } from '@nestjs/swagger';
import type { z } from 'zod';
import { grouped } from '../grouped.js';
import { problems, type ProblemType } from './problem.js';
import { problem } from '../pathways/wire.js';

export const answers = (schema: z.ZodType): MethodDecorator =>
  ApiOkResponse({ standardSchema: schema as never, description: 'OK' });
export const creates = (schema: z.ZodType): MethodDecorator =>
  ApiCreatedResponse({ standardSchema: schema as never, description: 'Created; Location and ETag name it' });

/** What every operation may meet: a parameter that it does not know, a database that does not answer, a fault of ours. */
const always: readonly ProblemType[] = ['invalid', 'busy', 'internal'];
/** What a body may be besides wrong. */
export const unreadableBody: readonly ProblemType[] = ['too-large', 'unsupported-media'];

/** Problems that share a status share an entry. */
export function refuses(...types: ProblemType[]): MethodDecorator {
  const byStatus = grouped([...new Set([...types, ...always])], (type) => problems[type].status);
  return applyDecorators(
    ...[...byStatus].map(([status, same]) =>
      ApiResponse({
        status,
        standardSchema: problem as never,
        description: same.map((type) => `${type}: ${problems[type].en}`).join(' · '),
      }),
    ),
  );
}
