/** RFC 3339 in whole seconds, as `metav1.Time`. */
export const timestamp = (milliseconds: number): string => `${new Date(milliseconds).toISOString().slice(0, 19)}Z`
