/** Who works where in the demo. All are made up; a token for one of them: npm run -s token -- --role nurse --unit SK_HVH --sub l.winther */
import type { Actor, Role } from '../machines/pathway/roles.js';

type Team = Partial<Record<Role, readonly string[]>>;

const teams: Record<string, Team> = {
  GP_NORD: { gp: ['k.lund', 'b.sonne', 'h.thorup'], gpStaff: ['m.bak', 'e.friis'] },
  GP_MIDT: { gp: ['p.hjort', 'c.wedel', 's.aagaard'], gpStaff: ['r.juhl', 'n.damm'] },
  GP_BYEN: { gp: ['t.riber', 'a.holst', 'j.munk'], gpStaff: ['d.toft', 'l.kaas'] },
  GP_SYD: { gp: ['f.borch', 'i.skov', 'o.krogh'], gpStaff: ['g.lang', 'v.bruun'] },
  CVI_MIDT: { cvi: ['u.dahl', 'h.kofoed'] },
  CVI_BYEN: { cvi: ['w.storm', 'b.ravn'] },
  TSC_HEH: {
    triager: ['a.jensen', 'm.vestergaard'],
    physician: ['k.bjerre', 's.lindhardt', 'r.hede'],
    nurse: ['t.fog', 'a.kjeldsen', 'd.ibsen'],
    physiotherapist: ['n.bloch', 'e.wulff'],
    psychologist: ['h.lassen', 'c.grau'],
    socialWorker: ['j.bech'],
    secretary: ['l.stub', 'p.engell'],
  },
  TSC_RH: {
    triager: ['b.kirkeby', 'o.skriver'],
    physician: ['v.hallas', 'f.nyborg', 'g.ternes'],
    nurse: ['s.ploug', 'i.raben', 'm.thode'],
    physiotherapist: ['k.dreyer', 'u.meldal'],
    psychologist: ['r.saabye', 'a.linnet'],
    socialWorker: ['t.hvid'],
    secretary: ['d.bonde', 'e.kruse'],
  },
  SK_HIH: { physician: ['h.bagger', 'n.uldall'], nurse: ['c.rytter', 'j.elgaard'], secretary: ['o.vang'] },
  SK_HVH: { physician: ['s.hasle', 'i.worm'], nurse: ['l.winther', 'b.gade'], secretary: ['k.selmer'] },
  SK_BBH: { physician: ['m.faber', 'r.tange'], nurse: ['g.busk', 'v.lykke'], secretary: ['a.brix'] },
  SK_GLOH: { physician: ['e.glahn', 'd.rode'], nurse: ['t.hjelm'], secretary: ['h.toxen'] },
};

/** The same patient meets the same people. */
export function staff(unit: string, role: Role, patient: number): Actor {
  const names = teams[unit]?.[role];
  if (!names) throw new Error(`nobody is ${role} at ${unit} in the demo`);
  return { sub: names[patient % names.length]!, unit, roles: [role] };
}

/** What carries messages, and what notices that a deadline has passed. */
export const transport: Actor = { sub: 'system.transport', unit: 'SYSTEM', roles: ['system'] };
export const deadlines: Actor = { sub: 'system.deadlines', unit: 'SYSTEM', roles: ['system'] };
