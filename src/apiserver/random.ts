import { randomInt, randomUUID } from 'node:crypto'
import type { Random } from './registry/core.ts'

export const systemRandom: Random = { below: (limit) => randomInt(limit), uuid: () => randomUUID() }
