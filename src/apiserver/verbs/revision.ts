import { badRequest } from '../http/status-error.ts'

/** `resourceVersion` of a request; undefined when it isn't set. Throws BadRequest when it is no number. */
export function parseRevision(text: string | null): number | undefined {
  if (text === null || text === '') return undefined
  if (!/^\d{1,15}$/.test(text)) throw badRequest(`Invalid value: "${text}": strconv.ParseUint: parsing "${text}": invalid syntax`)
  return Number(text)
}
