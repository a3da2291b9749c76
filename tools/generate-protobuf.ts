/**
 * Writes `src/apiserver/protobuf/messages.gen.json`: which field of which message has which number.
 *
 * Nobody ships Kubernetes' .proto files, but a Go program knows the tags of its structs. This reads them out of the
 * kubectl that the tests use anyway, so numbers, JSON names and what is a pointer are those of that very release.
 */
import { writeFileSync } from 'node:fs'
import { kinds } from '../src/api/kinds/index.ts'
import { kubectlBinary } from './kubectl.ts'
import { GoProgram } from './generate-protobuf/go-program.ts'
import { messagesOf } from './generate-protobuf/messages.ts'

const OUTPUT = 'src/apiserver/protobuf/messages.gen.json'

/** Go packages of the API groups; the others are called as the first part of their group. */
const PACKAGES: Readonly<Record<string, string>> = { '': 'core', 'rbac.authorization.k8s.io': 'rbac' }
const packageOf = (group: string, version: string): string => `k8s.io/api/${PACKAGES[group] ?? group.split('.')[0]}/${version}`

/** What clients send beside the kinds themselves. */
const OTHERS: Readonly<Record<string, string>> = {
  'v1 Binding': 'k8s.io/api/core/v1.Binding',
  'policy/v1 Eviction': 'k8s.io/api/policy/v1.Eviction',
  'autoscaling/v1 Scale': 'k8s.io/api/autoscaling/v1.Scale',
  'authentication.k8s.io/v1 TokenRequest': 'k8s.io/api/authentication/v1.TokenRequest',
  'authentication.k8s.io/v1 TokenReview': 'k8s.io/api/authentication/v1.TokenReview',
  'authentication.k8s.io/v1 SelfSubjectReview': 'k8s.io/api/authentication/v1.SelfSubjectReview',
  'authorization.k8s.io/v1 LocalSubjectAccessReview': 'k8s.io/api/authorization/v1.LocalSubjectAccessReview',
  'authorization.k8s.io/v1 SelfSubjectRulesReview': 'k8s.io/api/authorization/v1.SelfSubjectRulesReview',
  'authorization.k8s.io/v1 SubjectAccessReview': 'k8s.io/api/authorization/v1.SubjectAccessReview',
  'authorization.k8s.io/v1 SelfSubjectAccessReview': 'k8s.io/api/authorization/v1.SelfSubjectAccessReview',
  'v1 DeleteOptions': 'k8s.io/apimachinery/pkg/apis/meta/v1.DeleteOptions',
}

const program = new GoProgram(await kubectlBinary('1.36'))
const roots: Record<string, string> = { ...OTHERS }
for (const { group, version, kind } of kinds)
  roots[`${group === '' ? version : `${group}/${version}`} ${kind}`] = `${packageOf(group, version)}.${kind}`
const messages = messagesOf(program, Object.values(roots))
const lines = Object.entries(messages)
  .sort(([a], [b]) => (a < b ? -1 : 1))
  .map(([name, fields]) => `    ${JSON.stringify(name)}: ${JSON.stringify(fields)}`)
const rootLines = Object.entries(roots)
  .sort(([a], [b]) => (a < b ? -1 : 1))
  .map(([id, name]) => `    ${JSON.stringify(id)}: ${JSON.stringify(name)}`)
writeFileSync(OUTPUT, `{\n  "roots": {\n${rootLines.join(',\n')}\n  },\n  "messages": {\n${lines.join(',\n')}\n  }\n}\n`)
console.log(`${OUTPUT}: ${lines.length} messages`)
