/** Who there is, and at which desk each sender of an event sits. */
import type { Text } from './fields.js';

/** pathway.md, "Roles". The order is the order in which a user's role for an event is chosen. */
export const roles = {
  gp: { da: 'praktiserende læge', en: 'general practitioner' },
  gpStaff: { da: 'praksispersonale', en: 'practice staff' },
  cvi: { da: 'Central Visitation (CVI)', en: 'central referral office (CVI)' },
  triager: { da: 'visiterende læge', en: 'triaging physician' },
  physician: { da: 'læge', en: 'physician' },
  nurse: { da: 'sygeplejerske', en: 'nurse' },
  physiotherapist: { da: 'fysioterapeut', en: 'physiotherapist' },
  psychologist: { da: 'psykolog', en: 'psychologist' },
  socialWorker: { da: 'socialrådgiver', en: 'social worker' },
  secretary: { da: 'sekretær', en: 'secretary' },
  manager: { da: 'leder', en: 'manager' },
  auditor: { da: 'auditor', en: 'auditor' },
  admin: { da: 'systemadministrator', en: 'administrator' },
  system: { da: 'systemet', en: 'the system' },
} as const satisfies Record<string, Text>;

export type Role = keyof typeof roles;
export const roleNames = Object.keys(roles) as Role[];

/** Who sends: one person, one unit, one or more roles there. `sub` stays outside the machine: no rule reads it. */
export type Actor = { sub: string; unit: string; roles: readonly Role[] };

/** Who sent an event that was let through: the unit and the role that it was done in. */
export type Sender = { unit: string; role: Role };

/**
 * The desks of pathway.md, "The course", and four that its text names in passing: `cvi` (the office that the referral
 * is addressed to, before it has received it), `recorder` (the unit that recorded a death), `newGp`, and `sender` (of a message that has not arrived).
 */
export const deskNames = [
  'holder',
  'ownGp',
  'cvi',
  'centre',
  'treated',
  'any',
  'recorder',
  'newGp',
  'sender',
  'system',
] as const;
export type Desk = (typeof deskNames)[number];
export type Desks = { readonly [D in Desk]?: readonly Role[] };

export const clinicians = [
  'gp',
  'triager',
  'physician',
  'nurse',
  'physiotherapist',
  'psychologist',
  'socialWorker',
] as const satisfies readonly Role[];
