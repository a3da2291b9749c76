export type { Handler, Headers, HttpRequest, HttpResponse } from './http.ts'
export { readBody } from './http.ts'
