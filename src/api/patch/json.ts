export type Json = Record<string, unknown>

export const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Keys that would reach for an object's prototype are no part of any API object. */
export const keysOf = (object: Json): string[] => Object.keys(object).filter((key) => key !== '__proto__')
