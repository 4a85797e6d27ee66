DROP TRIGGER after_insert; DROP TRIGGER before_update; DROP TRIGGER after_delete;
