;;; emacs.el --- A broker by way of jsonrpc.el  -*- lexical-binding: t -*-

;; jsonrpc.el comes with Emacs; written for, and tested with, Emacs 28.2. What is special about it:
;;
;; - Methods are symbols. A string is sent as `null'.
;; - `nil' and `()' are one, and sent as null: the broker takes null for no params. Elsewhere false is `:json-false'.
;; - It looks for the end of the headers in 100 characters, and waits for ever if it is not there. The broker sends
;;   `Content-Length' alone.
;; - Answers and params arrive as plists, arrays as vectors.
;; - `jsonrpc-request' leaves the filter with a `throw': what came in one piece with the answer stays unread until more
;;   comes. So it is not for calls after which notifications follow: for those there is `jsonrpc-async-request'.
;; - Calls are given up after 10 seconds, so `build' is called without `wait'.

(require 'jsonrpc)
(require 'seq)

(define-error 'example-failed "Not as it should be")

(defun example-same (what expected actual)
  "Fail unless ACTUAL, described by WHAT, is EXPECTED."
  (unless (equal expected actual)
    (signal 'example-failed (list what expected actual))))

(defvar example-logs (make-hash-table :test #'equal)
  "What was heard of each subscription.
A plist of :lines, newest first, and :end, the state that it ended with.")

(defun example-heard (_connection method params)
  "Keep what a notification of METHOD with PARAMS says."
  (let* ((id (plist-get params :subscriptionId))
         (log (gethash id example-logs)))
    (pcase method
      ('logs.event
       (seq-doseq (event (plist-get params :events))
         (when (equal (plist-get event :stream) "stdout")
           (push (plist-get event :text) (plist-get log :lines)))))
      ('logs.end
       (setq log (plist-put log :end (plist-get params :state)))))
    (puthash id log example-logs)))

(defun example-connect ()
  "Connect to the broker."
  (jsonrpc-process-connection
   :name "swiftdock"
   :notification-dispatcher #'example-heard
   :events-buffer-scrollback-size 0     ; Or every message is printed into a buffer, which takes longest of all.
   :process (lambda ()
              (make-network-process :name "swiftdock" :family 'local :service (getenv "SWIFTDOCK_SOCKET")
                                    :coding 'utf-8-emacs-unix :noquery t))))

(defun example-build (connection directory)
  "Begin to build DIRECTORY; return the answer as soon as it is there."
  (let (answer problem)
    (jsonrpc-async-request connection 'build (list :context directory :events t)
                           :success-fn (lambda (result) (setq answer result))
                           :error-fn (lambda (error) (setq problem error))
                           :timeout-fn (lambda () (setq problem "no answer")))
    (while (not (or answer problem)) (accept-process-output nil 1))
    (when problem (signal 'example-failed (list 'build problem)))
    answer))

(defun example-log-once (property build)
  "Wait until the log of BUILD has PROPERTY; return it."
  (let (value)
    (while (not (setq value (plist-get (gethash (plist-get build :subscriptionId) example-logs) property)))
      (accept-process-output nil 1))
    value))

(defun example-get (connection build)
  "Ask CONNECTION how BUILD is."
  (jsonrpc-request connection 'build.get (list :buildId (plist-get build :buildId))))

(let ((connection (example-connect)))
  (example-same "framing" "header"
                (plist-get (jsonrpc-request connection 'initialize '(:client (:name "emacs"))) :framing))

  ;; A build, its log, its end.
  (let* ((build (example-build connection (getenv "QUICK")))
         (lines (with-temp-buffer
                  (insert-file-contents (expand-file-name "lines" (getenv "QUICK")))
                  (split-string (buffer-string) "\n" t))))
    (example-same "end of the log" "succeeded" (example-log-once :end build))
    (example-same "lines" lines (reverse (example-log-once :lines build)))
    (example-same "state" "succeeded" (plist-get (example-get connection build) :state)))

  ;; An error is a condition that carries the code, the message and the data.
  (condition-case problem
      (progn (jsonrpc-request connection 'build.get '(:buildId "none"))
             (signal 'example-failed '("a build of the name none")))
    (jsonrpc-error
     (example-same "code" 1201 (alist-get 'jsonrpc-error-code (cddr problem)))
     (example-same "name" "BuildNotFound" (plist-get (alist-get 'jsonrpc-error-data (cddr problem)) :name))))

  ;; A build that is cancelled.
  (let ((build (example-build connection (getenv "SLOW"))))
    (example-same "lines" '("sleeping") (example-log-once :lines build))
    (example-same "outcome" "stopping"
                  (plist-get (jsonrpc-request connection 'cancel (list :buildId (plist-get build :buildId))) :outcome))
    (example-same "end of the log" "cancelled" (example-log-once :end build))
    (example-same "state" "cancelled" (plist-get (example-get connection build) :state)))

  ;; As eglot takes its leave. This ends the connection, not the broker.
  (example-same "shutdown" nil (jsonrpc-request connection 'shutdown nil))
  (jsonrpc-notify connection 'exit nil)
  (while (jsonrpc-running-p connection) (accept-process-output nil 1))
  (jsonrpc-shutdown connection t))

;;; emacs.el ends here
