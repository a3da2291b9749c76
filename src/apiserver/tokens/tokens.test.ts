import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLocalJWKSet, jwtVerify } from 'jose'
import { testServer } from '../testing/server.ts'
import type { Answer, Json, TestServer } from '../testing/server.ts'

const ACCOUNTS = '/api/v1/namespaces/default/serviceaccounts'
const PODS = '/api/v1/namespaces/default/pods'
const REVIEWS = '/apis/authentication.k8s.io/v1/tokenreviews'

const pod = (serviceAccountName?: string): Json => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p' },
  spec: { serviceAccountName, containers: [{ name: 'c', image: 'i' }] },
})

async function withAccount(): Promise<TestServer> {
  const server = await testServer()
  await server.ask('POST', ACCOUNTS, { metadata: { name: 'robot' } })
  return server
}

const request = ({ ask }: TestServer, spec: object = {}, account = 'robot'): Promise<Answer> =>
  ask('POST', `${ACCOUNTS}/${account}/token`, { kind: 'TokenRequest', apiVersion: 'authentication.k8s.io/v1', spec })

const review = async ({ ask }: TestServer, token: string, audiences?: string[]): Promise<Json> =>
  (await ask('POST', REVIEWS, { spec: { token, audiences } })).body.status

const claimsOf = (token: string): Json => JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())

test('a token says whose it is, and is believed [POD-7]', async () => {
  const server = await withAccount()
  const { status, body } = await request(server)
  assert.equal(status, 201)
  assert.equal(body.spec.expirationSeconds, 3600)
  const claims = claimsOf(body.status.token)
  assert.equal(claims.sub, 'system:serviceaccount:default:robot')
  assert.equal(claims.exp - claims.iat, 3600)
  const { authenticated, user, audiences } = await review(server, body.status.token)
  assert.equal(authenticated, true)
  assert.equal(user.username, 'system:serviceaccount:default:robot')
  assert.deepEqual(user.groups, ['system:serviceaccounts', 'system:serviceaccounts:default', 'system:authenticated'])
  assert.deepEqual(audiences, ['https://kubernetes.default.svc.cluster.local'])
})

test('a token dies with its account, and with what it is bound to [POD-7]', async () => {
  const server = await withAccount()
  await server.ask('POST', PODS, pod('robot'))
  const bound = { boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: 'p' } }
  const ofPod = (await request(server, bound)).body.status.token
  const free = (await request(server)).body.status.token
  const { user } = await review(server, ofPod)
  assert.deepEqual(user.extra['authentication.kubernetes.io/pod-name'], ['p'])
  await server.ask('DELETE', `${PODS}/p`)
  assert.equal((await review(server, ofPod)).error, 'service account token has been invalidated')
  assert.equal((await review(server, free)).authenticated, true)
  await server.ask('DELETE', `${ACCOUNTS}/robot`)
  await server.ask('POST', ACCOUNTS, { metadata: { name: 'robot' } })
  assert.match((await review(server, free)).error, /^service account UID \(.+\) does not match claim/)
})

test('a token is for its audiences only', async () => {
  const server = await withAccount()
  const { token } = (await request(server, { audiences: ['vault'] })).body.status
  assert.deepEqual((await review(server, token, ['vault', 'other'])).audiences, ['vault'])
  assert.match((await review(server, token)).error, /token audiences \["vault"\] is invalid for the target audiences/)
})

test('the token of a Pod that asks for it automatically outlives programs that never read it again', async () => {
  const server = await withAccount()
  await server.ask('POST', PODS, pod('robot'))
  const boundObjectRef = { kind: 'Pod', apiVersion: 'v1', name: 'p' }
  const { body } = await request(server, { expirationSeconds: 3607, boundObjectRef })
  const { exp, iat, 'kubernetes.io': bearer } = claimsOf(body.status.token)
  assert.deepEqual([exp - iat, bearer.warnafter - iat], [365 * 24 * 3600, 3607])
})

const refusals: readonly [title: string, spec: object, account: string, status: number, message: RegExp][] = [
  ['of nobody', {}, 'nix', 404, /^serviceaccounts "nix" not found$/],
  ['too short', { expirationSeconds: 10 }, 'robot', 422, /spec.expirationSeconds: Invalid value: 10: may not specify a duration less than 10 minutes/],
  ['bound to nothing', { boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: 'nix' } }, 'robot', 404, /^pods "nix" not found$/],
  ['bound to what it can not be', { boundObjectRef: { kind: 'Service', apiVersion: 'v1', name: 'x' } }, 'robot', 400, /^cannot bind token to object of type v1, Kind=Service$/],
  ['bound to a Pod of another', { boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: 'p' } }, 'robot', 400, /^cannot bind token for serviceaccount "robot" to pod running with different serviceaccount name.$/],
] // prettier-ignore
for (const [title, spec, account, status, message] of refusals) {
  test(`a token ${title} is refused in upstream's words`, async () => {
    const server = await withAccount()
    await server.ask('POST', PODS, pod())
    const answer = await request(server, spec, account)
    assert.equal(answer.status, status)
    assert.match(answer.body.message, message)
  })
}

test('what is no token is not believed', async () => {
  const server = await withAccount()
  const { token } = (await request(server)).body.status
  const [, payload] = token.split('.')
  const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${payload}.`
  for (const wrong of [unsigned, 'x', 'a.b.c', `${token}x`, token.replace(/\.[^.]+\./, '.e30.')]) {
    const status = await review(server, wrong)
    assert.notEqual(status.authenticated, true)
    assert.ok(status.error)
  }
})

test('anybody can find out how to check a token, and does', async () => {
  const { ask } = await withAccount()
  const { body, headers } = await ask('GET', '/openid/v1/jwks')
  assert.equal(headers['content-type'], 'application/jwk-set+json')
  assert.deepEqual([body.keys[0].kty, body.keys[0].alg, body.keys[0].d], ['EC', 'ES256', undefined])
  const { body: document } = await ask('GET', '/.well-known/openid-configuration')
  assert.equal(document.jwks_uri, 'https://10.0.0.1:6443/openid/v1/jwks')
  const server = { ask } as TestServer
  const { token } = (await request(server)).body.status
  const { payload } = await jwtVerify(token, createLocalJWKSet(body), { issuer: document.issuer })
  assert.equal(payload.sub, 'system:serviceaccount:default:robot')
})
