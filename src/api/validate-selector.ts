import { forbidden, invalid, invalids, required } from './field.ts'
import type { LabelSelector, LabelSelectorRequirement } from './generated/types.gen.ts'
import type { FieldError } from './kind.ts'
import { validateLabels } from './metadata.ts'
import { labelValue, qualifiedName } from './names.ts'

/** As upstream's `ValidateLabelSelector` in `k8s.io/apimachinery/pkg/apis/meta/v1/validation`. */
export function validateLabelSelector(field: string, selector: LabelSelector | undefined): FieldError[] {
  if (!selector) return []
  const requirements = selector.matchExpressions ?? []
  return [
    ...validateLabels(`${field}.matchLabels`, selector.matchLabels),
    ...requirements.flatMap((requirement, index) => validateRequirement(`${field}.matchExpressions[${index}]`, requirement)),
  ]
}

function validateRequirement(field: string, { key, operator, values = [] }: LabelSelectorRequirement): FieldError[] {
  const found: FieldError[] = []
  switch (operator) {
    case 'In':
    case 'NotIn':
      if (values.length === 0) found.push(required(`${field}.values`, "must be specified when `operator` is 'In' or 'NotIn'"))
      break
    case 'Exists':
    case 'DoesNotExist':
      if (values.length > 0)
        found.push(forbidden(`${field}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"))
      break
    default:
      found.push(invalid(`${field}.operator`, operator, 'not a valid selector operator'))
  }
  found.push(...invalids(`${field}.key`, key, qualifiedName(key ?? '')))
  for (const [index, value] of values.entries()) found.push(...invalids(`${field}.values[${index}]`, value, labelValue(value)))
  return found
}

export const isEmptySelector = (selector: LabelSelector): boolean =>
  Object.keys(selector.matchLabels ?? {}).length === 0 && (selector.matchExpressions?.length ?? 0) === 0
