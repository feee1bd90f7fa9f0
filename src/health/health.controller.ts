import { Controller, Get } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { OpenToAll } from '../auth/current-actor.js';
import { Sql, statement } from '../database/sql.js';
import { answers, refuses } from '../http/openapi-decorators.js';

const alive = statement('alive', 'select 1 as alive');
const health = z.object({ status: z.literal('ok') }).meta({ id: 'Health' });

@ApiTags('health')
@OpenToAll()
@Controller(['v1/health', 'health'])
export class HealthController {
  constructor(private readonly sql: Sql) {}

  @Get('live')
  @ApiOperation({ summary: 'The process answers', security: [] })
  @answers(health)
  @refuses()
  live() {
    return { status: 'ok' };
  }

  @Get('ready')
  @ApiOperation({ summary: 'The process answers and reaches its database', security: [] })
  @answers(health)
  @refuses()
  async ready() {
    await this.sql.rows(alive, []);
    return { status: 'ok' };
  }
}
