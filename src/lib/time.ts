/** Milliseconds since the epoch as the API writes times: `2026-11-21T03:04:05Z`, in whole seconds. */
export const timestamp = (milliseconds: number): string => new Date(milliseconds).toISOString().replace(/\.\d+Z$/, 'Z')

/** The milliseconds since the epoch that an RFC 3339 time of the API means; NaN for what is none. */
export const millisOf = (time: string): number => Date.parse(time)
