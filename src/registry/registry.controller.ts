import { Controller, Get, Inject, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { copenhagenDate } from '../../machines/calendar/calendar.js';
import { day, instant, planningArea, unitCode } from '../../machines/pathway/fields.js';
import { adviceLineState, clinicsOf, routeFor, unitsAt, type Unit } from '../../machines/pathway/routes.js';
import { Clock } from '../database/clock.js';
import { answers, refuses } from '../http/openapi-decorators.js';
import { Problem } from '../http/problem.js';

const label = z.object({ da: z.string(), en: z.string() });
const time = z.string().meta({ format: 'date-time' });
const unitView = z
  .object({
    code: z.string(),
    kind: z.enum(['practice', 'cvi', 'centre', 'clinic']),
    name: label,
    gln: z.string().nullable(),
    centre: z.string().nullable(),
    validFrom: z.string(),
    validTo: z.string().nullable(),
    lines: z.string().nullable(),
  })
  .meta({ id: 'Unit' });
const routeView = z
  .object({
    planningArea: planningArea(),
    at: z.string(),
    route: z
      .object({ cvi: z.string(), centre: z.string(), clinics: z.array(z.string()), lines: z.string() })
      .nullable(),
  })
  .meta({ id: 'Route' });
const adviceLineView = z
  .object({
    unit: z.string(),
    phone: z.string(),
    at: time,
    open: z.boolean(),
    opensAt: time.nullable().meta({
      description: 'the next time at which it opens; null while it is open, or where that is more than 30 days ahead',
    }),
    closesAt: time.nullable().meta({ description: 'while it is open' }),
    closedBecause: label.nullable().meta({ description: 'the public holiday, or the day on which the unit is closed' }),
    hours: z.array(z.object({ weekdays: z.array(z.int()), from: z.string(), to: z.string() })),
    lines: z.string().nullable(),
  })
  .meta({ id: 'AdviceLine' });
const adviceLines = z.object({ items: z.array(adviceLineView) }).meta({ id: 'AdviceLines' });

@ApiTags('registry')
@Controller('v1')
export class RegistryController {
  constructor(@Inject(Clock) private readonly clock: Clock) {}

  @Get('units')
  @ApiOperation({ summary: 'The units of today' })
  @answers(z.object({ items: z.array(unitView) }))
  @refuses('unauthenticated')
  units() {
    return {
      items: unitsAt(this.today()).map(
        ({ code, kind, name, gln = null, centre = null, validFrom, validTo = null, lines = null }) => ({
          code,
          kind,
          name,
          gln,
          centre,
          validFrom,
          validTo,
          lines,
        }),
      ),
    };
  }

  @Get('routes')
  @ApiOperation({ summary: 'Where a referral of a planning area goes, on a day; null where there is no route' })
  @answers(routeView)
  @refuses('invalid', 'unauthenticated')
  route(
    @Query({ schema: z.strictObject({ planningArea: planningArea(), at: day().optional() }) })
    { planningArea: area, at = this.today() }: { planningArea: z.infer<ReturnType<typeof planningArea>>; at?: string },
  ) {
    const route = routeFor(area, at);
    return {
      planningArea: area,
      at,
      route: route
        ? { cvi: route.cvi, centre: route.centre, clinics: clinicsOf(route.centre, at), lines: route.lines }
        : null,
    };
  }

  @Get('advice-line')
  @ApiOperation({
    summary:
      'The professional advice line of a centre, or of both: is it open now, or at a time, and until when? For professionals, not for patients',
  })
  @answers(z.union([adviceLineView, adviceLines]))
  @refuses('invalid', 'unauthenticated', 'not-found')
  adviceLine(
    @Query({ schema: z.strictObject({ unit: unitCode().optional(), at: instant().optional() }) })
    { unit, at = this.clock.now().toISOString() }: { unit?: string; at?: string },
  ): z.infer<typeof adviceLineView | typeof adviceLines> {
    const items = unitsAt(copenhagenDate(at))
      .filter(({ code }) => unit === undefined || code === unit)
      .flatMap((entry) => lineOf(entry, at));
    if (unit === undefined) return { items };
    if (!items[0])
      throw new Problem('not-found', {
        da: 'Enheden har ingen rådgivningslinje: det har de to centre.',
        en: 'This unit has no advice line: the two centres have.',
      });
    return items[0];
  }

  private today(): string {
    return copenhagenDate(this.clock.now().toISOString());
  }
}

function lineOf({ code, adviceLine, lines }: Unit, at: string): z.infer<typeof adviceLineView>[] {
  const state = adviceLineState(code, at);
  return adviceLine && state ? [{ unit: code, at, ...adviceLine, ...state, lines: lines ?? null }] : [];
}
