/** The parts of a CustomResourceDefinition that its reference is made of (apiextensions.k8s.io/v1). */

export interface Rule {
  readonly rule: string;
  readonly message: string;
}

export interface Schema {
  readonly type?: string;
  readonly format?: string;
  readonly description?: string;
  readonly enum?: readonly string[];
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly 'x-kubernetes-validations'?: readonly Rule[];
}

export interface Column {
  readonly name: string;
  readonly description?: string;
  readonly jsonPath: string;
  readonly priority?: number;
}

export interface Version {
  readonly name: string;
  readonly schema: { readonly openAPIV3Schema: Schema };
  readonly additionalPrinterColumns: readonly Column[];
  readonly selectableFields: readonly { readonly jsonPath: string }[];
}

export interface Definition {
  readonly spec: {
    readonly group: string;
    readonly scope: string;
    readonly names: { readonly kind: string; readonly plural: string; readonly shortNames: readonly string[] };
    readonly versions: readonly Version[];
  };
}
