/** The `jobs` table as TypeORM describes it. Types are explicit, since compilers disagree about what a union's metadata is. */
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { JOB_TYPES, ROW_STATUSES } from '../job/row.ts';
import type { JobType, RowStatus } from '../job/row.ts';
import { JOBS_TABLE } from './jobs-table.ts';

@Entity({ name: JOBS_TABLE, engine: 'InnoDB' })
export class JobEntity {
  @PrimaryColumn({ name: 'job_id', type: 'varchar', length: 36 })
  jobId!: string;

  @Index('idx_type')
  @Column({ name: 'type', type: 'enum', enum: JOB_TYPES })
  type!: JobType;

  @Index('idx_status')
  @Column({ name: 'status', type: 'enum', enum: ROW_STATUSES, default: 'pending' })
  status!: RowStatus;

  @Column({ name: 'progress', type: 'int', nullable: true, default: 0 })
  progress!: number | null;

  /** JSON text: the driver does not parse it, so that integers beyond 2^53 stay exact. */
  @Column({ name: 'request_payload', type: 'json' })
  requestPayload!: string;

  @Column({ name: 'result', type: 'json', nullable: true })
  result!: string | null;

  @Column({ name: 'error', type: 'text', nullable: true })
  error!: string | null;

  @Index('idx_created_at')
  @Column({ name: 'created_at', type: 'timestamp', nullable: true, default: () => 'CURRENT_TIMESTAMP' })
  createdAt!: Date | null;

  @Column({ name: 'updated_at', type: 'timestamp', nullable: true, default: () => 'CURRENT_TIMESTAMP', onUpdate: 'CURRENT_TIMESTAMP' })
  updatedAt!: Date | null;

  @Column({ name: 'completed_at', type: 'timestamp', nullable: true })
  completedAt!: Date | null;

  @Index('idx_ttl_expires_at')
  @Column({ name: 'ttl_expires_at', type: 'timestamp', nullable: true })
  ttlExpiresAt!: Date | null;
}
