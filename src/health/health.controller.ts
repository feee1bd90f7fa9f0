import { Controller, Get } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { OpenToAll } from '../auth/current-actor.js';
import { Sql, statement } from '../database/sql.js';
import { answers, refuses } from '../openapi-decorators.js';

const alive = statement('alive', 'select 1 as alive');
const health = z.object({ status: z.literal('ok') }).meta({ id: 'Health' });

@ApiTags('health')
@OpenToAll()
@Controller(['v1/health', 'health'])
export class HealthController {
  constructor(private readonly sql: Sql) {}

  @Get('live')
  @ApiOperation({ summary: 'The process answers' })
  @answers(health)
  live() { return { status: 'ok' }; }

  @Get('ready')
  @ApiOperation({ summary: 'The process answers and reaches its database' })
  @answers(health) @refuses('busy')
  async ready() {
    await this.sql.rows(alive, []);
    return { status: 'ok' };
  }
}
