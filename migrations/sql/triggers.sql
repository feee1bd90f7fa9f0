-- What only grows is never changed. What is told of a patient (payload, facts) can be blanked once the patient's key is
-- gone, and nothing else: leaves, chains, tree and counts stay.
create trigger only_grows before update or delete or truncate on access
  for each statement execute function refuse_change();
create trigger only_grows before update or delete or truncate on assignment
  for each statement execute function refuse_change();
create trigger only_grows before update or delete or truncate on checkpoint
  for each statement execute function refuse_change();
create trigger only_grows before update or delete or truncate on log_leaf
  for each statement execute function refuse_change();
create trigger only_grows before update or delete or truncate on log_node
  for each statement execute function refuse_change();
create trigger only_grows before update or delete or truncate on movement
  for each statement execute function refuse_change();

create trigger only_grows before delete or truncate on referral_version
  for each statement execute function refuse_change();
create trigger only_grows before delete or truncate on refusal
  for each statement execute function refuse_change();
create trigger only_grows before delete or truncate on transition
  for each statement execute function refuse_change();

create trigger only_erased before update on referral_version
  for each row execute function refuse_change_but_erasure('facts');
create trigger only_erased before update on refusal
  for each row execute function refuse_change_but_erasure('payload');
create trigger only_erased before update on transition
  for each row execute function refuse_change_but_erasure('payload');
