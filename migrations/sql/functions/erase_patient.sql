-- by the owner alone: nobody else may delete a key
create function erase_patient(p_patient uuid) returns uuid[] language plpgsql as $$
declare
  ids uuid[];
begin
  if exists (select from pathway where patient_id = p_patient and stage <> 'closed') then
    raise exception 'the patient has an open pathway' using errcode = '55000';
  end if;
  delete from patient_key where patient_id = p_patient;
  if not found then
    return null;
  end if;
  select coalesce(array_agg(id), '{}') into ids from pathway where patient_id = p_patient;
  update transition set payload = null where pathway_id = any(ids);
  update refusal set payload = null where pathway_id = any(ids);
  update referral_version set facts = null where pathway_id = any(ids);
  update message set subject = '', body = '', state = 'settled', next_at = null, trouble = null
    where pathway_id = any(ids);
  update pathway set snapshot = '', missing = '{}', desks = '{}', tasks = '{}', assignee = null
    where patient_id = p_patient;
  update patient set person_number = null, person_number_kind = null, birth_date = '1900-01-01', name = ''
    where id = p_patient;
  return ids;
end $$;
