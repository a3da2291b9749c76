import { invalid as invalidField } from '../../api/machinery/index.ts'
import type { FieldError } from '../api.ts'
import { isTrue } from '../http/request-info.ts'
import { invalid } from '../http/status-error.ts'
import type { FieldManager } from '../registry/field-manager.ts'
import type { ResourceRequest } from './request.ts'

const LONGEST = 128
const UNPRINTABLE = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/u
const UNPRINTABLES = new RegExp(UNPRINTABLE, 'gu')

/**
 * Who owns what this request changes: who it says it is, or the program that it comes from (`kubectl` of
 * `kubectl/v1.36.0 (linux/amd64)`). Throws Invalid. As upstream's `managerOrUserAgent`.
 */
export function fieldManagerOf(request: ResourceRequest, optionsKind: string): FieldManager {
  const { http, query, resource } = request
  const given = query.get('fieldManager') ?? ''
  mustBe(optionsKind, validateName(given))
  const { subresource } = resource
  return { manager: given || fromUserAgent(http.headers['user-agent'] ?? ''), ...(subresource && { subresource }) }
}

/** Who applies must say who it is. Throws Invalid. */
export function applierOf(request: ResourceRequest): FieldManager {
  const missing: FieldError = {
    type: 'FieldValueRequired',
    field: 'fieldManager',
    message: 'Required value: is required for apply patch',
  }
  mustBe('PatchOptions', request.query.get('fieldManager') ? [] : [missing])
  return fieldManagerOf(request, 'PatchOptions')
}

/** Only who applies can meet others' fields. Throws Invalid. */
export function mustNotForce({ query }: ResourceRequest): void {
  const why = 'Forbidden: may not be specified for non-apply patch'
  mustBe('PatchOptions', isTrue(query.get('force')) ? [{ type: 'FieldValueForbidden', field: 'force', message: why }] : [])
}

function mustBe(kind: string, errors: readonly FieldError[]): void {
  if (errors.length > 0) throw invalid({ kind, group: 'meta.k8s.io', name: '' }, errors)
}

/** As upstream's `ValidateFieldManager`. */
function validateName(name: string): FieldError[] {
  if (name.length > LONGEST) {
    const message = `Too long: may not be more than ${LONGEST} bytes`
    return [{ type: 'FieldValueTooLong', field: 'fieldManager', message }]
  }
  const at = name.search(UNPRINTABLE)
  if (at < 0) return []
  const code = (name.codePointAt(at) ?? 0).toString(16).toUpperCase().padStart(4, '0')
  return [invalidField('fieldManager', name, `invalid character U+${code} (at position ${at})`)]
}

const fromUserAgent = (agent: string): string =>
  (agent.split('/')[0] ?? '').replaceAll(UNPRINTABLES, '').slice(0, LONGEST) || 'unknown'
