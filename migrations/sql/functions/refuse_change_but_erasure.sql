-- the trigger's argument names the column that may be blanked
create function refuse_change_but_erasure() returns trigger language plpgsql as $$
declare
  told text := tg_argv[0];
begin
  if to_jsonb(new) ->> told is null and to_jsonb(new) - told = to_jsonb(old) - told
    and not exists (
      select from pathway p join patient_key k on k.patient_id = p.patient_id where p.id = old.pathway_id
    )
  then
    return new;
  end if;
  raise exception 'the log only grows: % of % is refused', lower(tg_op), tg_table_name using errcode = '42501';
end $$;
