-- A role for each duty, which may do no more than its own (docs/adr/0012). The roles themselves are made beforehand
-- (src/database/duties.ts): they belong to the cluster. In short, and generated: rights.txt.

grant select on all tables in schema public to smertevejen_serving;
grant insert on access, assignment, idempotency, log_pending, message, movement, movement_fold, pathway, patient,
  patient_key, referral_version, refusal, transition to smertevejen_serving;
grant update on movement_fold, movement_folded, pathway to smertevejen_serving;
grant insert, update, delete on saved_view to smertevejen_serving;
-- what was written to whom is never changed
grant update (state, receiver, attempts, next_at, claimed_until, trouble, taken_at, changed_at) on message
  to smertevejen_serving;

grant select, delete on log_pending to smertevejen_sequencing;
grant select, insert on log_leaf, log_node, checkpoint to smertevejen_sequencing;
grant select, update on log_head to smertevejen_sequencing;

grant select on movement, movement_fold, movement_folded, reported_pathway, reported_transition
  to smertevejen_reporting;
