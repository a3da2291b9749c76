/** As the API writes times: RFC 3339 in UTC, whole seconds. */
export const timestamp = (milliseconds: number): string => new Date(milliseconds).toISOString().replace(/\.\d+Z$/, 'Z')

/** With microseconds, as Leases and Events have it. */
export const microTimestamp = (milliseconds: number): string => new Date(milliseconds).toISOString().replace('Z', '000Z')
