import type { DataSource } from 'typeorm';
export async function seedDemo(_source: DataSource, _options: { now: Date; progress: NodeJS.WritableStream }): Promise<void> {}
