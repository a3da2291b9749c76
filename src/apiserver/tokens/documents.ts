import type { HttpResponse } from '../../wire/index.ts'
import { bytesResponse, withHeaders } from '../http/respond.ts'
import { jsonWebKeySet } from './signing-key.ts'
import type { SigningKey } from './signing-key.ts'
import { ISSUER } from './tokens.ts'

const KEYS = '/openid/v1/jwks'

/**
 * How anybody outside can check tokens: OpenID Connect Discovery, and the key set it leads to. Undefined for other paths.
 * As upstream's `serviceaccount/openidmetadata.go`.
 */
export function tokenDocuments(key: SigningKey, serverAddress: string): (path: string) => HttpResponse | undefined {
  const configuration = {
    issuer: ISSUER,
    jwks_uri: `https://${serverAddress}${KEYS}`,
    response_types_supported: ['id_token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: [key.algorithm],
  }
  return (path) => {
    if (path === KEYS) return document(jsonWebKeySet(key), 'application/jwk-set+json')
    return path === '/.well-known/openid-configuration' ? document(configuration, 'application/json') : undefined
  }
}

const document = (value: object, type: string): HttpResponse =>
  withHeaders(bytesResponse(200, Buffer.from(JSON.stringify(value)), type), { 'cache-control': 'public, max-age=3600' })
