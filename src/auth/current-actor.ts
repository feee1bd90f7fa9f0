import { createParamDecorator, SetMetadata, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Actor } from '../../machines/pathway/roles.js';

export type WithActor = FastifyRequest & { actor?: Actor };
/** Who sends this request, as the verified token says. */
export const CurrentActor = createParamDecorator(
  (_: unknown, context: ExecutionContext) => context.switchToHttp().getRequest<WithActor>().actor,
);

export const OPEN_TO_ALL = 'openToAll';
/** Health, documentation and the like: no token, and no patient behind it. */
export const OpenToAll = () => SetMetadata(OPEN_TO_ALL, true);
