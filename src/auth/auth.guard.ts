import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { Problem } from '../http/problem.js';
import { OPEN_TO_ALL, type WithActor } from './current-actor.js';
import { Tokens } from './tokens.js';

/** Nobody without a token, but where a handler says that it is open to all. */
@Injectable()
export class AuthGuard implements CanActivate {
  constructor(
    @Inject(Tokens) private readonly tokens: Tokens,
    private readonly reflector: Reflector,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (this.reflector.getAllAndOverride<boolean>(OPEN_TO_ALL, [context.getHandler(), context.getClass()])) return true;
    const request = context.switchToHttp().getRequest<WithActor>();
    const token = /^Bearer ([\w.~+/=-]+)$/i.exec(request.headers.authorization ?? '')?.[1];
    if (token === undefined)
      throw new Problem('unauthenticated', {
        da: 'Send Authorization: Bearer med et adgangstoken.',
        en: 'Send Authorization: Bearer with an access token.',
      });
    request.actor = await this.tokens.actorOf(token);
    return true;
  }
}
