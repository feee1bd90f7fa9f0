/** What a request brings is checked by the schema that stands with a handler's parameter. What is wrong is told one error a field, with its pointer and no word of what was sent. */
import { Injectable, type ArgumentMetadata, type PipeTransform } from '@nestjs/common';
import { invalid, isFieldName, pointerTo, type FieldError } from './problem.js';

/** More would only repeat what the first ones say. */
const mostErrors = 50;

/** An issue of a standard schema, with what zod adds to it. */
type Issue = {
  message: string;
  path?: readonly (PropertyKey | { key: PropertyKey })[] | undefined;
  code?: string;
  keys?: readonly string[];
};

function errorsOf({ code, keys = [], path = [], message }: Issue, parameter: readonly string[]): FieldError[] {
  const named = [...parameter, ...path.map((part) => (typeof part === 'object' ? part.key : part)).filter(isFieldName)];
  if (code === 'invalid_key')
    return [{ pointer: pointerTo(named), message: 'has a key that is not made of letters: rename it' }];
  if (code !== 'unrecognized_keys') return [{ pointer: pointerTo(named), message }];
  const unnamed = keys.every(isFieldName)
    ? []
    : [{ pointer: pointerTo(named), message: 'has a field that is not known here: leave it out' }];
  return [
    ...keys.filter(isFieldName).map((key) => ({
      pointer: pointerTo([...named, key]),
      message: 'is not a field here: leave it out, or look for its name in /docs',
    })),
    ...unnamed,
  ];
}

@Injectable()
export class SchemaPipe implements PipeTransform<unknown, Promise<unknown>> {
  async transform(value: unknown, { schema, data }: ArgumentMetadata): Promise<unknown> {
    if (!schema) return value;
    const result = await schema['~standard'].validate(value);
    if (!result.issues) return result.value;
    throw invalid(
      result.issues.flatMap((issue) => errorsOf(issue, data === undefined ? [] : [data])).slice(0, mostErrors),
    );
  }
}
