/** The tables of a pathway as TypeORM sees them: for reading lists. Writing is one statement (statements.ts), and nothing else writes. */
import { Column, Entity, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';

@Entity('patient')
export class Patient {
  @PrimaryColumn('uuid') id: string;
  @Column('text', { name: 'person_number', nullable: true }) personNumber: string | null;
  @Column('text', { name: 'person_number_kind', nullable: true }) personNumberKind: string | null;
  @Column('date', { name: 'birth_date' }) birthDate: string;
  @Column('text') name: string;
  @Column('timestamptz', { name: 'created_at' }) createdAt: Date;
}

@Entity('pathway')
export class Pathway {
  @PrimaryColumn('uuid') id: string;
  @Column('uuid', { name: 'patient_id' }) patientId: string;
  @ManyToOne(() => Patient) @JoinColumn({ name: 'patient_id' }) patient: Relation<Patient>;
  @Column('int') version: number;
  @Column('text') stage: string;
  @Column('text') state: string;
  @Column('text', { nullable: true }) unit: string | null;
  @Column('text', { name: 'next_move', nullable: true }) nextMove: string | null;
  @Column('text', { name: 'planning_area' }) planningArea: string;
  @Column('text', { array: true }) units: string[];
  @Column('timestamptz', { name: 'stage_since' }) stageSince: Date;
  @Column('timestamptz', { name: 'due_at', nullable: true }) dueAt: Date | null;
  @Column('timestamptz', { name: 'last_at' }) lastAt: Date;
  @Column('timestamptz', { name: 'sweep_at', nullable: true }) sweepAt: Date | null;
  @Column('text', { name: 'due_clock', nullable: true }) dueClock: string | null;
  @Column('text', { array: true }) desks: string[];
  @Column('text', { array: true }) tasks: string[];
  @Column('text', { nullable: true }) assignee: string | null;
  @Column('text', { array: true }) missing: string[];
  @Column('int', { name: 'machine_version' }) machineVersion: number;
  @Column('text', { name: 'rule_set' }) ruleSet: string;
  @Column('text', { select: false }) snapshot: string;
  @Column('bytea', { name: 'head_hash' }) headHash: Buffer;
}

@Entity('transition')
export class Transition {
  @PrimaryColumn('uuid', { name: 'pathway_id' }) pathwayId: string;
  @PrimaryColumn('int') seq: number;
  @Column('text', { name: 'event_type' }) eventType: string;
  @Column('timestamptz', { name: 'occurred_at' }) occurredAt: Date;
  @Column('timestamptz', { name: 'recorded_at' }) recordedAt: Date;
  @Column('text') leaf: string;
  @Column('text', { nullable: true }) payload: string | null;
  @Column('bytea') hash: Buffer;
}

@Entity('refusal')
export class Refusal {
  @PrimaryColumn('uuid', { name: 'pathway_id' }) pathwayId: string;
  @PrimaryColumn('uuid') id: string;
  @Column('int') version: number;
  @Column('text', { name: 'event_type' }) eventType: string;
  @Column('timestamptz', { name: 'recorded_at' }) recordedAt: Date;
  @Column('text') leaf: string;
  @Column('text', { nullable: true }) payload: string | null;
  @Column('bytea') hash: Buffer;
}

@Entity('referral_version')
export class ReferralVersion {
  @PrimaryColumn('uuid', { name: 'pathway_id' }) pathwayId: string;
  @PrimaryColumn('int') version: number;
  @PrimaryColumn('int') seq: number;
  @Column('timestamptz', { name: 'frozen_at' }) frozenAt: Date;
  @Column('text', { nullable: true }) facts: string | null;
}

@Entity('message')
export class Message {
  @PrimaryColumn('uuid', { name: 'pathway_id' }) pathwayId: string;
  @PrimaryColumn('int') seq: number;
  @PrimaryColumn('smallint') number: number;
  @Column('text') letter: string;
  @Column('text') sender: string;
  @Column('text', { nullable: true }) recipient: string | null;
  @Column('text') subject: string;
  @Column('text') body: string;
  @Column('timestamptz', { name: 'created_at' }) createdAt: Date;
}

export const entities = [Patient, Pathway, Transition, Refusal, ReferralVersion, Message];
